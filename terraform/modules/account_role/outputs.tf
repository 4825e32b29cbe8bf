output "arn" {
  description = "ARN of the role. Known once the role can be assumed."
  value       = terraform_data.usable.output
}
