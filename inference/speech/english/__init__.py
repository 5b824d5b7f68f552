"""English: text → words with the phonemes that the American and British voices read."""
