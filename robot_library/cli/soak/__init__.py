"""`wetread soak`: many orders, several workers, kills at random; counted by the hospital's own database."""
