"""Amazon OpenSearch Service, with domains of Elasticsearch."""
