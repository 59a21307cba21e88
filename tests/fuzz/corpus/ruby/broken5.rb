X = "a" + 'b
