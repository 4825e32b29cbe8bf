"""Where AWS's SDKs inside a world find each service: by its own name, so that a VPC's resolver and endpoints decide.

An SDK takes a service's own variable before AWS_ENDPOINT_URL, which stays for all others and names an address that no
endpoint of a VPC leads to. Plain HTTP at the port of HTTPS, for which security groups are written.

Source: "Service-specific endpoints" of the AWS SDKs and Tools Reference Guide.
"""

_SERVICES = {
    "AUTO_SCALING": "autoscaling",
    "CLOUDWATCH_LOGS": "logs",
    "DYNAMODB": "dynamodb",
    "EC2": "ec2",
    "ECR": "api.ecr",
    "EKS": "eks",
    "ELASTIC_LOAD_BALANCING": "elasticloadbalancing",
    "ELASTIC_LOAD_BALANCING_V2": "elasticloadbalancing",
    "KMS": "kms",
    "S3": "s3",
    "SECRETS_MANAGER": "secretsmanager",
    "SNS": "sns",
    "SQS": "sqs",
    "SSM": "ssm",
    "STS": "sts",
}
"""Service id of the SDKs → first labels of the service's regional name."""


def variables(region: str) -> dict[str, str]:
    """AWS_ENDPOINT_URL_SERVICE for each service."""
    return {f"AWS_ENDPOINT_URL_{name}": f"http://{host}.{region}.amazonaws.com:443" for name, host in _SERVICES.items()}
