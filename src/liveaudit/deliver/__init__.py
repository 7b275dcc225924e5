"""What leaves the house: findings in the formats that people and other programs read, and reports."""
