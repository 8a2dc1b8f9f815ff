/* A log-linear histogram of nanoseconds with three significant digits, as HdrHistogram keeps them.
 *
 * Values below 2048 have a bucket each. From there on every power of two is cut into 1024 buckets of equal width, so a
 * bucket is at most 1/1024 of its values wide. The largest value is kept exactly. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HALF_BITS 10
#define HALF (1u << HALF_BITS)
#define LARGEST_BITS 42 /* 2^42 ns are more than an hour; what is longer counts as that */
#define BUCKETS ((LARGEST_BITS - HALF_BITS + 1) * HALF)

typedef struct {
    uint64_t count, max;
    uint64_t buckets[BUCKETS];
} Histogram;

static inline unsigned histogram_shift(uint64_t value) {
    return value < 2 * HALF ? 0 : 63 - HALF_BITS - (unsigned)__builtin_clzll(value);
}

static inline void histogram_add(Histogram *histogram, uint64_t value) {
    uint64_t kept = value >> LARGEST_BITS ? (1ull << LARGEST_BITS) - 1 : value;
    unsigned shift = histogram_shift(kept);
    histogram->buckets[shift * HALF + (kept >> shift)]++;
    histogram->count++;
    if (value > histogram->max) histogram->max = value;
}

/* The lowest value of a bucket. */
static inline uint64_t histogram_floor(unsigned index) {
    unsigned shift = index < 2 * HALF ? 0 : index / HALF - 1;
    return (uint64_t)(index - shift * HALF) << shift;
}

static inline void histogram_print(const char *name, const Histogram *histogram) {
    printf(" \"%s\": {\"count\": %lu, \"max\": %lu, \"buckets\": [", name, histogram->count, histogram->max);
    const char *comma = "";
    for (unsigned index = 0; index < BUCKETS; index++)
        if (histogram->buckets[index]) {
            printf("%s[%lu, %lu, %lu]", comma, histogram_floor(index), histogram_floor(index + 1) - 1,
                   histogram->buckets[index]);
            comma = ", ";
        }
    printf("]},\n");
}

#endif
