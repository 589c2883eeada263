"""The service of a student's server, to the last field."""

import re
from dataclasses import replace

from semesterhub.homes import Home
from semesterhub.settings import Settings
from semesterhub.spec import Server, environment, host_name, service_name, service_spec


def test_the_service_of_a_student(settings: Settings, home: Home) -> None:
    server = Server(username="ada", staff=False, home=home)
    assert service_spec(settings, server, {"B": "2", "A": "1"}) == {
        "name": "semesterhub-dev-student-ada",
        "labels": {"semesterhub.stack": "dev", "semesterhub.student": "ada"},
        "endpoint_spec": {"Mode": "dnsrr"},
        "task_template": {
            "ContainerSpec": {
                "Image": "semesterhub/notebook:abc",
                "Labels": {"semesterhub.stack": "dev", "semesterhub.student": "ada"},
                "Hostname": "ada",
                "Env": ["A=1", "B=2"],
                "Dir": "/home/ada",
                "User": "20000:20000",
                "Groups": ["19999"],
                "Mounts": [
                    {
                        "Type": "bind",
                        "Source": "/data/homes/ada",
                        "Target": "/home/ada",
                        "ReadOnly": False,
                    },
                    {
                        "Type": "bind",
                        "Source": "/data/exchange",
                        "Target": "/srv/nbgrader/exchange",
                        "ReadOnly": False,
                    },
                    {
                        "Type": "bind",
                        "Source": "/data/shared",
                        "Target": "/srv/shared",
                        "ReadOnly": True,
                    },
                    {
                        "Type": "tmpfs",
                        "Target": "/tmp",
                        "TmpfsOptions": {"SizeBytes": 536870912, "Mode": 0o1777},
                    },
                    {
                        "Type": "tmpfs",
                        "Target": "/dev/shm",
                        "TmpfsOptions": {"SizeBytes": 1073741824, "Mode": 0o1777},
                    },
                ],
                "Init": True,
                "ReadOnly": True,
                "StopGracePeriod": 10_000_000_000,
                "CapabilityDrop": ["ALL"],
                "Privileges": {"NoNewPrivileges": True},
            },
            "Resources": {
                "Limits": {"MemoryBytes": 1073741824, "NanoCPUs": 1_000_000_000, "Pids": 512},
                "Reservations": {"MemoryBytes": 268435456, "NanoCPUs": 0},
            },
            "RestartPolicy": {"Condition": "none"},
            "Networks": [{"Target": "semesterhub-dev-course"}],
            "LogDriver": {"Name": "json-file", "Options": {"max-size": "10m", "max-file": "2"}},
        },
    }


def test_servers_run_where_they_are_meant_to(settings: Settings, home: Home) -> None:
    nodes = "node.labels.semesterhub.role.dev==node"
    placed = replace(settings, constraints=(nodes,))
    spec = service_spec(placed, Server(username="ada", staff=False, home=home), {})
    assert spec["task_template"]["Placement"] == {"Constraints": [nodes]}


def test_no_command_is_set_so_that_the_images_own_runs(settings: Settings, home: Home) -> None:
    spec = service_spec(settings, Server(username="ada", staff=False, home=home), {})
    container = spec["task_template"]["ContainerSpec"]
    assert not {"Command", "Args"} & set(container)


def test_staff_may_write_to_shared(settings: Settings, home: Home) -> None:
    spec = service_spec(settings, Server(username="teacher", staff=True, home=home), {})
    mounts = spec["task_template"]["ContainerSpec"]["Mounts"]
    assert {m["Target"]: m.get("ReadOnly") for m in mounts}["/srv/shared"] is False


def test_a_member_of_groups_has_their_folders(settings: Settings, home: Home) -> None:
    folders = {"lab-1": "/data/groups/lab-1"}
    member = replace(home, groups=(19999, 19000), folders=folders)
    server = Server(username="ada", staff=False, home=member)
    container = service_spec(settings, server, {})["task_template"]["ContainerSpec"]
    assert container["Groups"] == ["19999", "19000"]
    assert {
        "Type": "bind",
        "Source": "/data/groups/lab-1",
        "Target": "/srv/groups/lab-1",
        "ReadOnly": False,
    } in container["Mounts"]


def test_environment(settings: Settings, home: Home) -> None:
    assert environment(settings, Server(username="ada", staff=False, home=home)) == {
        "HOME": "/home/ada",
        "MEM_LIMIT": "1073741824",
        "CPU_LIMIT": "1.0",
        "SEMESTERHUB_FIREWALL": "1",
        "SEMESTERHUB_FIREWALL_SECONDS": "60",
        "SEMESTERHUB_INTERFACE": "lab",
        "SEMESTERHUB_KERNEL_IDLE_MINUTES": "30",
        "SEMESTERHUB_BUSY_MINUTES": "1440",
        "SEMESTERHUB_QUOTA": "0",
        "SEMESTERHUB_STAFF": "0",
        "SEMESTERHUB_GRADER": "0",
        "SEMESTERHUB_SLUG": "ada",
        "SEMESTERHUB_COURSE": "dev",
        "NVIDIA_VISIBLE_DEVICES": "void",
        "DOCKER_RESOURCE_GPU": "void",
    }


def test_a_server_has_the_gpus_that_swarm_reserves_and_no_other(
    settings: Settings, home: Home
) -> None:
    server = Server(username="ada", staff=False, home=home)
    two = replace(settings, limits=replace(settings.limits, gpus=2))
    spec = service_spec(two, server, environment(two, server))["task_template"]
    assert spec["Resources"]["Reservations"]["GenericResources"] == [
        {"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}}
    ]
    env = spec["ContainerSpec"]["Env"]
    # Swarm adds DOCKER_RESOURCE_GPU; an image that says "all" is overruled without it as well
    assert [one for one in env if "NVIDIA" in one or "GPU" in one] == [
        "NVIDIA_DRIVER_CAPABILITIES=compute,utility",
        "NVIDIA_VISIBLE_DEVICES=void",
    ]
    without = service_spec(settings, server, environment(settings, server))["task_template"]
    assert "GenericResources" not in without["Resources"]["Reservations"]
    assert "NVIDIA_VISIBLE_DEVICES=void" in without["ContainerSpec"]["Env"]
    assert "DOCKER_RESOURCE_GPU=void" in without["ContainerSpec"]["Env"]


def test_a_server_is_told_of_a_limited_home(settings: Settings, home: Home) -> None:
    server = Server(username="ada", staff=False, home=replace(home, limited=True))
    assert environment(settings, server)["SEMESTERHUB_QUOTA"] == "1"


def test_only_a_server_of_staff_is_told_so(settings: Settings, home: Home) -> None:
    for staff, told in ((True, "1"), (False, "0")):
        server = Server(username="teacher", staff=staff, home=home)
        assert environment(settings, server)["SEMESTERHUB_STAFF"] == told


VALID = re.compile(r"[a-zA-Z0-9]+(?:[a-zA-Z0-9-_]*[a-zA-Z0-9])?")
"""What Swarm takes as a service's name, of at most 63 characters."""


def test_a_grader_has_the_course_folder_and_its_group(settings: Settings, home: Home) -> None:
    for grader in (True, False):
        server = Server(username="kim", staff=True, grader=grader, home=home)
        container = service_spec(settings, server, {})["task_template"]["ContainerSpec"]
        assert ("19998" in container["Groups"]) is grader
        assert ("/srv/course" in {m["Target"] for m in container["Mounts"]}) is grader


def test_names_of_services(settings: Settings) -> None:
    assert service_name(settings, "ada", "") == "semesterhub-dev-student-ada"
    named = service_name(settings, "ada", "long")
    assert re.fullmatch(r"semesterhub-dev-student-ada--long-[0-9a-f]{16}", named)


def test_any_slug_gives_a_valid_name_of_its_own(settings: Settings) -> None:
    long = "s" * 40
    # every form that a home's slug can have (images/homes), and some that it can't
    slugs = ["ada", "ada-", "-ada", "-", "---", "a--b", "a", "0", long, long + "t", long + "-"]
    servers = [("", slug) for slug in slugs] + [("b", "a"), ("GPU work", "a"), ("gpu-work", "a")]
    servers += [("-b", "ada"), ("b", "ada-"), ("b--c", "a"), ("c", "a--b")]
    # a server that is called as another's service ends
    servers += [(service_name(settings, "a--b", "").rpartition("--")[2], "a")]
    servers += [("-", "ada"), ("ö", "ada"), ("ä", "ada")]
    for prefix in ("semesterhub-dev-student", f"semesterhub-{'c' * 20}-student"):
        with_prefix = replace(settings, service_prefix=prefix)
        names = [service_name(with_prefix, slug, server) for server, slug in servers]
        assert len(set(names)) == len(servers)
        for name in names:
            assert VALID.fullmatch(name), name
            assert len(name) <= 63


def test_a_hosts_name_has_no_hyphen_at_its_ends(home: Home) -> None:
    for slug, name in (("ada-", "ada"), ("-a-b-", "a-b"), ("--", "user")):
        assert host_name(replace(home, slug=slug)) == name
