X = "never closed #{1}
