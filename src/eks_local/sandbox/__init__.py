"""The sandbox of one world: a user, pid, mount and network namespace with everything in it.

Knows Linux: namespaces, processes, sockets handed in, mounts. Knows nothing of AWS or Kubernetes, nor of
what runs inside.

    errors      what a person is told when the machine refuses
    machine     what a world needs of the machine, and the remedy when it is not there
    kernel      the system calls Python does not have
    identity    a process that cannot be confused with a later one of the same pid
    box         starting the box from the host
    init        process 1 inside
    lock        who runs on a state folder
    control     questions from the host, answered inside
    netns       named network namespaces
"""
