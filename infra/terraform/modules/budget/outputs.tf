output "name" {
  description = "The budget, as the billing console calls it."
  value       = aws_budgets_budget.monthly.name
}
