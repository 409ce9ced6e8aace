"""What evaluate.py does: pieces found or drawn, judged beside floors, kept and compared."""
