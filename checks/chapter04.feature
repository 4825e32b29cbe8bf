Feature: A private endpoint
  A cluster's Kubernetes API need not be on the internet. With the private endpoint alone its name leads to addresses of
  the VPC: who is elsewhere waits in vain, and who is inside is let in by security groups, and then by access entries.

  @modelled
  Scenario: The endpoint is inside the VPC
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter04
      aws eks describe-cluster --name chapter04 \
        --query 'cluster.resourcesVpcConfig.{Public: endpointPublicAccess, Private: endpointPrivateAccess}' --output table
      aws ec2 describe-network-interfaces --filters 'Name=description,Values=Amazon EKS chapter04' \
        --query 'NetworkInterfaces[].{Address: PrivateIpAddress, Subnet: SubnetId, Groups: join(`, `, Groups[].GroupName)}' --output table
      aws ec2 describe-subnets --filters 'Name=tag:Name,Values=chapter04-control-plane-*' \
        --query 'Subnets[].{Subnet: SubnetId, Range: CidrBlock, Free: AvailableIpAddressCount}' --output table
      """
    Then EKS has 2 network interfaces in subnets of the size "/28"

  @modelled
  Scenario: The laptop waits in vain
    When I run from the laptop, expecting an error
      """
      kubectl get --raw /version
      """
    Then the command fails with "i/o timeout"
    And the laptop does not reach the Kubernetes API

  @modelled
  Scenario: From the bastion it works
    When I run from the bastion
      """
      aws sts get-caller-identity --query Arn --output text
      aws eks update-kubeconfig --name chapter04
      kubectl auth whoami
      kubectl get nodes
      kubectl get pods --namespace shop -o wide
      """
    Then the bastion reaches the Kubernetes API at a private address
    And the number of Ready nodes is 1
    And 2 Pods in namespace "shop" are Running

  @modelled
  Scenario: Without its rule the bastion waits as well
    When I run from the laptop
      """
      GROUP=$(aws ec2 describe-security-groups --filters Name=group-name,Values=chapter04-endpoint --query 'SecurityGroups[0].GroupId' --output text)
      RULE=$(aws ec2 describe-security-group-rules --filters Name=group-id,Values=$GROUP \
        --query 'SecurityGroupRules[?Description==`bastion`].SecurityGroupRuleId' --output text)
      aws ec2 revoke-security-group-ingress --group-id $GROUP --security-group-rule-ids $RULE
      """
    Then the bastion does not reach the Kubernetes API
    And a node reaches the Kubernetes API at a private address
    When I run from the bastion, expecting an error
      """
      kubectl get --raw /version
      """
    Then the command fails with "i/o timeout"

  @modelled
  Scenario: Terraform puts the rule back
    When I run from the laptop
      """
      terraform -chdir=terraform/chapter04 apply -auto-approve -no-color | grep -E 'will be|^Apply'
      """
    Then the bastion reaches the Kubernetes API at a private address

  @modelled
  Scenario: The creator is a role, and everybody else has an access entry
    When I run from the laptop
      """
      aws eks list-access-entries --cluster-name chapter04 --output table
      ME=$(aws sts get-caller-identity --query Arn --output text)
      aws eks list-associated-access-policies --cluster-name chapter04 --principal-arn $ME \
        --query 'associatedAccessPolicies[].{Policy: policyArn, Scope: accessScope.type}' --output table
      """
    Then the IAM role "chapter04-creator" may delete pods in namespace "shop"
    And the IAM role "chapter04-viewer" may not list pods in namespace "shop"

  @modelled
  Scenario: A role without an entry is nobody
    When I run from the bastion, expecting an error
      """
      ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
      ROLE=arn:aws:iam::$ACCOUNT:role/chapter04-viewer
      aws eks update-kubeconfig --name chapter04 --alias viewer --user-alias viewer --role-arn $ROLE
      kubectl --context viewer get pods --namespace shop
      """
    Then the command fails with "must be logged in"

  @exercise @modelled
  Scenario: The build machine is let in
    Then the instance "chapter04-build" reaches the Kubernetes API at a private address
    And the instance "chapter04-guest" does not reach the Kubernetes API
    And the laptop does not reach the Kubernetes API
    And the bastion reaches the Kubernetes API at a private address

  @exercise @modelled
  Scenario: The viewer sees the shop, and nothing else
    Then the IAM role "chapter04-viewer" may list pods in namespace "shop"
    And the IAM role "chapter04-viewer" may get deployments.apps in namespace "shop"
    And the IAM role "chapter04-viewer" may not delete pods in namespace "shop"
    And the IAM role "chapter04-viewer" may not list secrets in namespace "shop"
    And the IAM role "chapter04-viewer" may not list pods in namespace "kube-system"
