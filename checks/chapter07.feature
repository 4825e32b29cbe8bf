Feature: How many Pods fit on a node
  On EKS a Pod gets an address of the VPC, from a network interface of its node. A t3.small can have three
  interfaces with four addresses each, and that is why eleven Pods fit on it: not its memory, and not its CPU.

  @modelled
  Scenario: A cluster with one small node
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter07
      kubectl get nodes -o wide
      """
    Then the number of Ready nodes is 1
    And each node is a "t3.small"

  @modelled
  Scenario: Eleven places, four of them taken
    When I run from the laptop
      """
      kubectl get nodes -o custom-columns=NODE:.metadata.name,PLACES:.status.allocatable.pods
      kubectl get pods --all-namespaces -o wide
      """
    Then each node has places for 11 Pods
    And 4 Pods in namespace "kube-system" are Running
    And each node has 7 places left

  @exact
  Scenario: The interfaces and addresses of a fresh node
    When I run from the laptop
      """
      NODE=$(kubectl get nodes -o jsonpath='{.items[0].spec.providerID}' | sed 's|.*/||')
      aws ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=$NODE \
        --query 'NetworkInterfaces[].{Interface: NetworkInterfaceId, Addresses: join(`, `, PrivateIpAddresses[].PrivateIpAddress)}' \
        --output table
      """
    Then each node has 2 network interfaces
    And each node holds 8 addresses

  @exact
  Scenario: Two replicas bring a third interface
    When I run from the laptop
      """
      kubectl scale deployment web --replicas=2
      """
    Then 2 Pods with label "app=web" are Running
    And each node has 3 network interfaces
    And each node holds 12 addresses

  @exact
  Scenario: Nine replicas leave two Pods pending
    When I run from the laptop
      """
      kubectl scale deployment web --replicas=9
      """
    Then 7 Pods with label "app=web" are Running
    And 2 Pods with label "app=web" are Pending because "Too many pods"
    And each node has 0 places left

  @exact
  Scenario: Ten replicas leave three Pods pending
    When I run from the laptop
      """
      kubectl scale deployment web --replicas=10
      """
    Then 7 Pods with label "app=web" are Running
    And 3 Pods with label "app=web" are Pending because "Too many pods"
    When I run from the laptop
      """
      kubectl get pods -l app=web -o wide
      kubectl get events --field-selector reason=FailedScheduling
      """
    Then the output contains "1 Too many pods"

  @exact
  Scenario: A full node uses every address it can have
    When I run from the laptop
      """
      NODE=$(kubectl get nodes -o jsonpath='{.items[0].spec.providerID}' | sed 's|.*/||')
      aws ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=$NODE \
        --query 'NetworkInterfaces[].{Interface: NetworkInterfaceId, Addresses: join(`, `, PrivateIpAddresses[].PrivateIpAddress)}' \
        --output table
      """
    Then each node has 3 network interfaces
    And each node holds 12 addresses
    And each Pod with label "app=web" that is Running has an address of its node's interfaces

  @exact
  Scenario: Scaling back makes room, and the addresses stay for a while
    When I run from the laptop
      """
      kubectl scale deployment web --replicas=0
      """
    Then no Pods with label "app=web" are left
    And each node has 7 places left
    And each node holds 12 addresses

  @exercise @exact
  Scenario: All replicas run
    Then the Deployment "web" has <replicas> replicas, all available
    And each node is a "t3.small"
    And 2 Pods with label "k8s-app=kube-dns" are Running
    And each Pod with label "app=web" that is Running has an address of its node's interfaces

  @exercise @exact
  Scenario: No node holds addresses it does not need
    Then 2 Pods with label "k8s-app=kube-dns" are Running
    And the add-on "vpc-cni" is active
    And each node has settled on at most 2 spare addresses
