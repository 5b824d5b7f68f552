"""A demo of the public API, in Gradio: photos, a consent and a prompt become a clip. It knows nothing else of ours."""
