Feature: Three ways to the Kubernetes API
  An EKS cluster has an endpoint on the internet, one in the VPC, or both. One name leads to either: which one is meant
  depends on where you ask. So each mode looks different from a laptop, from a machine in the VPC and from a node.

  @modelled
  Scenario: Public, from the laptop
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter02
      aws eks describe-cluster --name chapter02 \
        --query 'cluster.resourcesVpcConfig.{Public: endpointPublicAccess, Private: endpointPrivateAccess}' --output table
      ENDPOINT=$(aws eks describe-cluster --name chapter02 --query cluster.endpoint --output text)
      curl -sSk --connect-timeout 4 -o /dev/null -w 'HTTP %{http_code} from %{remote_ip}\n' $ENDPOINT/version
      """
    Then the laptop reaches the Kubernetes API at a public address

  @modelled
  Scenario: Public, from inside the VPC
    When I run from the bastion
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter02 --query cluster.endpoint --output text)
      curl -sSk --connect-timeout 4 -o /dev/null -w 'HTTP %{http_code} from %{remote_ip}\n' $ENDPOINT/version
      """
    Then the bastion reaches the Kubernetes API at a public address
    When I run on a node
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter02 --query cluster.endpoint --output text)
      curl -sSk --connect-timeout 4 -o /dev/null -w 'HTTP %{http_code} from %{remote_ip}\n' $ENDPOINT/version
      """
    Then a node reaches the Kubernetes API at a public address
    And the number of Ready nodes is 1

  @modelled
  Scenario: Both, and the bastion is shut out
    When I run from the laptop
      """
      aws eks update-cluster-config --name chapter02 --query update.type \
        --resources-vpc-config endpointPublicAccess=true,endpointPrivateAccess=true
      aws eks wait cluster-active --name chapter02
      """
    Then the laptop reaches the Kubernetes API at a public address
    And a node reaches the Kubernetes API at a private address
    When I run from the bastion, expecting an error
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter02 --query cluster.endpoint --output text)
      getent hosts ${ENDPOINT#https://}
      curl -sSk --connect-timeout 4 $ENDPOINT/version
      """
    Then the bastion does not reach the Kubernetes API

  @modelled
  Scenario: Both, and a rule lets the bastion in
    When I run from the laptop
      """
      CLUSTER=$(aws eks describe-cluster --name chapter02 --query cluster.resourcesVpcConfig.clusterSecurityGroupId --output text)
      BASTION=$(aws ec2 describe-security-groups --filters Name=tag:Name,Values=chapter02-bastion --query 'SecurityGroups[0].GroupId' --output text)
      aws ec2 authorize-security-group-ingress --group-id $CLUSTER --source-group $BASTION --protocol tcp --port 443 --query Return
      """
    Then the bastion reaches the Kubernetes API at a private address
    And the number of Ready nodes is 1

  @modelled
  Scenario: Private, and the laptop is shut out
    When I run from the laptop
      """
      aws eks update-cluster-config --name chapter02 --query update.type \
        --resources-vpc-config endpointPublicAccess=false,endpointPrivateAccess=true
      aws eks wait cluster-active --name chapter02
      """
    Then the bastion reaches the Kubernetes API at a private address
    And a node reaches the Kubernetes API at a private address
    When I run from the laptop, expecting an error
      """
      kubectl get --raw /version
      """
    Then the command fails with "i/o timeout"
    And the laptop does not reach the Kubernetes API

  @modelled
  Scenario: Nobody inside has noticed
    When I run from the bastion
      """
      aws eks update-kubeconfig --name chapter02
      kubectl get nodes
      kubectl get pods --namespace kube-system
      """
    Then the number of Ready nodes is 1
    And 4 Pods in namespace "kube-system" are Running

  @modelled
  Scenario: The way back is the AWS API
    When I run from the laptop
      """
      aws eks update-cluster-config --name chapter02 --query update.type \
        --resources-vpc-config endpointPublicAccess=true,endpointPrivateAccess=true
      aws eks wait cluster-active --name chapter02
      kubectl get nodes
      """
    Then the laptop reaches the Kubernetes API at a public address

  @exercise @modelled
  Scenario: Only the office comes by the internet
    Then the laptop does not reach the Kubernetes API
    And the Kubernetes API answers the address "203.0.113.77"
    And the public endpoint lets in "203.0.113.77/32" and nobody else

  @exercise @modelled
  Scenario: The VPC stays inside
    Then a node reaches the Kubernetes API at a private address
    And the bastion reaches the Kubernetes API at a private address
