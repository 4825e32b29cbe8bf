data "aws_caller_identity" "this" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = concat([data.aws_caller_identity.this.account_id], var.trusted)
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(var.policies)

  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

# A provider that assumes this role must not know its ARN before the role is there, so it is the output of something that is made last. And
# on AWS a new role cannot be assumed for some ten seconds: usable_after names what takes longer.
resource "terraform_data" "usable" {
  input = aws_iam_role.this.arn

  depends_on = [aws_iam_role_policy_attachment.this, var.usable_after]
}
