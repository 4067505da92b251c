"""The small generic pieces that services and composition stand on: resources, registries, decorators, ..."""
