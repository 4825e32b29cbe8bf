output "role_arn" {
  description = "ARN of the machine's IAM role, for an access entry."
  value       = aws_iam_role.this.arn
}

output "security_group_id" {
  description = "The machine's security group, for rules that let it in elsewhere."
  value       = aws_security_group.this.id
}

output "private_ip" {
  description = "The machine's address in the VPC."
  value       = aws_instance.this.private_ip
}

output "public_ip" {
  description = "The machine's public address."
  value       = aws_instance.this.public_ip
}

output "instance_id" {
  description = "Id of the EC2 instance."
  value       = aws_instance.this.id
}
