from tests.features.conftest import candidates, context, histories, items, knowledge

__all__ = ["candidates", "context", "histories", "items", "knowledge"]
