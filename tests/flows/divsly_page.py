"""The samples of Divsly's create page, letter for letter but for white space at the ends of lines."""

# ruff: noqa: E101 - the page indents as it likes

CURL = r"""
 curl -X POST 'https://divsly-backend.vercel.app/api/v1/shortlinks' \
	-H 'Content-Type: application/json' \
	-H 'Authorization: Bearer YOUR_ACCESS_TOKEN' \
	-d '{
	"destinationUrl": "https://example.com/long-url",
	"brandedDomain": "custom.domain",
	"slashTag": "my-custom-slug",
	"utm_source": "twitter",
	"utm_medium": "social",
	"utm_campaign": "summer_2024",
	"public": false,
	"password": "optional_password",
	"isQrGenerated": true,
	"qrSettings": {
		"color": "#000000",
		"bgColor": "#ffffff",
		"pattern": "classy",
		"corner": "square"
	}
	}'
"""
FETCH = """
 const createShortlink = (linkData) => {
  return new Promise((resolve, reject) => {
	fetch('https://divsly-backend.vercel.app/api/v1/shortlinks', {
	method: 'POST',
	headers: {
		'Content-Type': 'application/json',
		'Authorization': 'Bearer YOUR_ACCESS_TOKEN'
	},
	body: JSON.stringify({
		destinationUrl: linkData.destinationUrl,
		brandedDomain: linkData.brandedDomain,
		slashTag: linkData.slashTag,
		utm_source: linkData.utm_source,
		utm_medium: linkData.utm_medium,
		utm_campaign: linkData.utm_campaign,
		public: linkData.public,
		password: linkData.password,
		isQrGenerated: linkData.isQrGenerated,
		qrSettings: linkData.qrSettings
	})
		})
		.then(response => response.json())
		.then(data => resolve(data))
		.catch(error => reject(error));
	});
	};


	const linkData = {
	destinationUrl: 'https://example.com/long-url',
	brandedDomain: 'custom.domain',
	slashTag: 'my-custom-slug',
	utm_source: 'twitter',
	utm_medium: 'social',
	utm_campaign: 'summer_2024',
	public: false,
	password: 'optional_password',
	isQrGenerated: true,
	qrSettings: {
		color: '#000000',
		bgColor: '#ffffff',
		pattern: 'classy',
		corner: 'square'
	}
	};

	createShortlink(linkData)
	.then(data => console.log(data))
	.catch(error => console.error('Error:', error));
"""
AXIOS = """
 const axios = require('axios');

	const createShortlink = (linkData) => {
	  return new Promise((resolve, reject) => {
	  axios({
		method: 'post',
		url: 'https://divsly-backend.vercel.app/api/v1/shortlinks',
		headers: {
		'Content-Type': 'application/json',
		'Authorization': 'Bearer YOUR_ACCESS_TOKEN'
		},
		data: {
		destinationUrl: linkData.destinationUrl,
		brandedDomain: linkData.brandedDomain,
		slashTag: linkData.slashTag,
		utm_source: linkData.utm_source,
		utm_medium: linkData.utm_medium,
		utm_campaign: linkData.utm_campaign,
		public: linkData.public,
		password: linkData.password,
		isQrGenerated: linkData.isQrGenerated,
		qrSettings: linkData.qrSettings
		}
	})
		.then(response => resolve(response.data))
		.catch(error => reject(error.response?.data || error));
	});
	};


  const linkData = {
	destinationUrl: 'https://example.com/long-url',
	brandedDomain: 'custom.domain',
	slashTag: 'my-custom-slug',
	utm_source: 'twitter',
	utm_medium: 'social',
	utm_campaign: 'summer_2024',
	public: false,
	password: 'optional_password',
	isQrGenerated: true,
	qrSettings: {
	color: '#000000',
	bgColor: '#ffffff',
	pattern: 'classy',
	corner: 'square'
	}
};

  createShortlink(linkData)
    .then(data => console.log(data))
	.catch(error => console.error('Error:', error));
"""
PHP = """
 // PHP
	$ch = curl_init();

  $payload = array(
	'destinationUrl' => 'https://example.com/long-url',
	'brandedDomain' => 'custom.domain',
	'slashTag' => 'my-custom-slug',
	'utm_source' => 'twitter',
	'utm_medium' => 'social',
	'utm_campaign' => 'summer_2024',
	'public' => false,
	'password' => 'optional_password',
	'isQrGenerated' => true,
	'qrSettings' => array(
		'color' => '#000000',
		'bgColor' => '#ffffff',
		'pattern' => 'classy',
		'corner' => 'square'
	)
	);

  curl_setopt_array($ch, array(
	CURLOPT_URL => 'https://divsly-backend.vercel.app/api/v1/shortlinks',
	CURLOPT_RETURNTRANSFER => true,
	CURLOPT_POST => true,
		CURLOPT_SSL_VERIFYPEER => false,  // Disable SSL peer verification
		CURLOPT_SSL_VERIFYHOST => false,
	CURLOPT_POSTFIELDS => json_encode($payload),
	CURLOPT_HTTPHEADER => array(
		'Content-Type: application/json',
		'Authorization: Bearer YOUR_ACCESS_TOKEN'
	)
));

	$response = curl_exec($ch);
	$data = json_decode($response, true);
	curl_close($ch);
"""
PYTHON = """
 import requests
	import json

	url = "https://divsly-backend.vercel.app/api/v1/shortlinks"
	headers = {
		"Content-Type": "application/json",
		"Authorization": "Bearer YOUR_ACCESS_TOKEN"
	}
  payload = {
	"destinationUrl": "https://example.com/long-url",
	"brandedDomain": "custom.domain",
	"slashTag": "my-custom-slug",
	"utm_source": "twitter",
	"utm_medium": "social",
	"utm_campaign": "summer_2024",
	"public": False,
	"password": "optional_password",
	"isQrGenerated": True,
	"qrSettings": {
		"color": "#000000",
		"bgColor": "#ffffff",
		"pattern": "classy",
		"corner": "square"
	}
	}

	response = requests.post(url, headers=headers, json=payload)
	data = response.json()
"""
