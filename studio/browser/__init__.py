"""The browser studio: the built app of `frontend/studio`, served with a policy of its own."""
