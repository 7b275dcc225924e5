"""The report of a framework that an auditor is handed: one HTML file that needs nothing else and prints well."""
