Feature: Two ways to one cluster
  An endpoint that is public and private has one name with two meanings: an address of the internet for those outside,
  addresses of the VPC for those inside. A list of CIDRs guards the first and says nothing of the second.

  @modelled
  Scenario: A cluster with two endpoints
    When I run from the laptop
      """
      aws eks describe-cluster --name chapter05 --query 'cluster.{
        Endpoint: endpoint, From: resourcesVpcConfig.publicAccessCidrs,
        Public: resourcesVpcConfig.endpointPublicAccess, Private: resourcesVpcConfig.endpointPrivateAccess}'
      """
    Then the cluster's endpoint is public and private
    And the public endpoint is open to "0.0.0.0/0"

  @modelled
  Scenario: Nodes of the spot market
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter05
      kubectl get nodes -L eks.amazonaws.com/capacityType,node.kubernetes.io/instance-type
      """
    Then the number of Ready nodes is 2
    And the number of Ready nodes with label "eks.amazonaws.com/capacityType=SPOT" is 2

  @modelled
  Scenario: Outside, the name is a public address
    When I run from the laptop
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter05 --query cluster.endpoint --output text)
      getent ahostsv4 ${ENDPOINT#https://} | awk '/STREAM/ {print $1}'
      """
    Then the laptop reaches the Kubernetes API at a public address

  @modelled
  Scenario: Inside, it is two private ones
    When I run on a node
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter05 --query cluster.endpoint --output text)
      getent ahostsv4 ${ENDPOINT#https://} | awk '/STREAM/ {print $1}'
      """
    Then a node reaches the Kubernetes API at a private address
    And EKS has 2 network interfaces in the cluster's subnets

  @exact
  Scenario: A list without you shuts you out
    When I run from the laptop
      """
      aws eks update-cluster-config --name chapter05 --query update.type \
        --resources-vpc-config publicAccessCidrs=193.16.23.22/32
      """
    Then the public endpoint is open to "193.16.23.22/32"
    When I run from the laptop, expecting an error
      """
      kubectl get nodes --request-timeout=5s
      """
    Then the command fails with "Unable to connect to the server"
    And the laptop does not reach the Kubernetes API

  @exact
  Scenario: The nodes have not noticed
    When I run on a node
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter05 --query cluster.endpoint --output text)
      curl --silent --show-error --insecure --write-out '\n%{remote_ip}\n' $ENDPOINT/readyz
      """
    Then the output contains "ok"
    And a node reaches the Kubernetes API at a private address
    And the laptop does not reach the Kubernetes API

  @exact
  Scenario: A list with you alone lets you in
    When I run from the laptop
      """
      ME=$(curl --silent http://checkip.amazonaws.com)
      aws eks update-cluster-config --name chapter05 --query update.type \
        --resources-vpc-config publicAccessCidrs=$ME/32
      """
    Then the public endpoint is open to the laptop alone
    When I run from the laptop
      """
      kubectl get nodes -o custom-columns='NODE:.metadata.name,JOINED:.metadata.creationTimestamp,READY SINCE:.status.conditions[?(@.type=="Ready")].lastTransitionTime'
      """
    Then the number of Ready nodes is 2
    And each node still reports to the cluster

  @exercise @exact
  Scenario: The ledger is not interrupted
    Then the Deployment "ledger" has 2 replicas, all available
    And each Pod with label "app=ledger" runs on a node with label "eks.amazonaws.com/capacityType=ON_DEMAND"
    And the number of Ready nodes with label "eks.amazonaws.com/capacityType=SPOT" is 2

  @exercise @exact
  Scenario: Two offices and nobody else
    Then the Kubernetes API does not answer the address "203.0.113.200"
    And the Kubernetes API does not answer the address "<outside>"
    And the Kubernetes API answers the address "203.0.113.126"
    And the Kubernetes API answers the address "<first>"
    And the Kubernetes API answers the address "<last>"
    And the cluster's endpoint is public and private
    And each node still reports to the cluster
