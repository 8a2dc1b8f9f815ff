"""The measurements. ``make bench`` runs them in turn, each contestant in processes of its own."""
