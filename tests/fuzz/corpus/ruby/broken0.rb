X = 'never closed
