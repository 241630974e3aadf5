"""The web site: nouns with a class of people around them. Toolkits never import it."""
