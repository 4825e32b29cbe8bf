data "aws_caller_identity" "learner" {}

# Of an assumed role this is the role; of a user, the user.
data "aws_iam_session_context" "learner" {
  arn = data.aws_caller_identity.learner.arn
}

data "aws_iam_policy_document" "account" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.learner.account_id]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = toset(["creator", "viewer"])

  name               = "${var.cluster_name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.account.json
}

resource "aws_iam_role_policy_attachment" "creator" {
  role       = aws_iam_role.this["creator"].name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

# A provider that assumes a role must not know its ARN before the role is there, and on AWS a new role cannot be assumed for some
# ten seconds. This value is unknown when the first plan is made, and comes after the network, which takes longer than that.
resource "terraform_data" "creator" {
  input      = aws_iam_role.this["creator"].arn
  depends_on = [aws_iam_role_policy_attachment.creator, module.network]
}

module "learner_access" {
  source = "../modules/access"

  cluster_name  = module.cluster.name
  principal_arn = data.aws_iam_session_context.learner.issuer_arn
  policy        = "AmazonEKSClusterAdminPolicy"
}

module "bastion_access" {
  source = "../modules/access"

  cluster_name  = module.cluster.name
  principal_arn = module.machine["bastion"].role_arn
  policy        = "AmazonEKSClusterAdminPolicy"
}

module "viewer_access" {
  source = "../modules/access"

  cluster_name  = module.cluster.name
  principal_arn = aws_iam_role.this["viewer"].arn
  policy        = "AmazonEKSViewPolicy"
  namespaces    = ["shop"]
}
