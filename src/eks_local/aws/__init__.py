"""The AWS API of a world: moto in process, extended where labs need more than it has.

Knows AWS's wire formats, error shapes and resource models. Does not know Kubernetes, processes or network
namespaces: what a call asks for is only recorded here, and the reconcilers of the rest of the world make it true.

- `server`     serves it on sockets, in AWS's error shapes whatever comes in
- `eks`        the whole EKS service, in moto's layout (models, api, urls)
- `ec2`        what network interfaces need beyond moto
- `identity`, `tokens`, `sts`   who a caller is, and whether what they present proves it
- `seeds`      what an AWS account has from the start: machine images, parameters, the learner's user
- `state`      read-only views of all of it, for the rest of the world
- `snapshot`   saving it to a file and loading it back
- `botocore_files`, `offerings`   what moto reads at its start: once, and of the world's region alone
"""
