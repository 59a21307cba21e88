X = %w[a b
