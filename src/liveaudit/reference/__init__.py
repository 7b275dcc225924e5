"""The reference pages, written from the catalog, the policies, the remedies and the frameworks: there is no second list."""
