"""Where EKS answers: everywhere below its host; the operation is found from the service model."""

from eks_local.aws.eks.api import EksResponse

url_bases = [r"https?://eks\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/(?P<rest>.+)$": EksResponse.dispatch}
