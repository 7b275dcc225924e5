"""Amazon API Gateway: REST APIs, and the HTTP and WebSocket APIs of its second version."""
