"""How far everybody is with every task: one ref per writer, folded by whoever reads."""
