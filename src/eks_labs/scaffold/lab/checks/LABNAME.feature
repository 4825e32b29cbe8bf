Feature: TITLE
  Say in a sentence or two what this is about.

  @exact
  Scenario: The web server runs
    When I run from the laptop
      """
      aws eks update-kubeconfig --name LABNAME
      kubectl get pods -o wide
      """
    Then 1 Pods with label "app=web" are Running

  @exercise @exact
  Scenario: Three web servers run
    Then the Deployment "web" has 3 replicas, all available

  @exercise @modelled
  Scenario: There is a second node
    Then the number of Ready nodes is 2
