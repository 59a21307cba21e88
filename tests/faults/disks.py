"""File systems that the fault tests make for themselves: they take root, loop devices and mount(2)."""

import os
import shutil
import subprocess


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


def can_mount():
    return os.getuid() == 0 and os.path.exists("/dev/loop-control") and shutil.which("mkfs.ext4")


class Disk:
    """An ext4 file system in a file, mounted at `at`."""

    def __init__(self, image, at, megabytes):
        self.image, self.at, self.megabytes = image, at, megabytes
        at.mkdir(exist_ok=True)

    def make(self):
        with open(self.image, "wb") as file:
            file.truncate(self.megabytes * 1024 * 1024)
        run("mkfs.ext4", "-q", "-F", str(self.image))

    def mount(self):
        run("mount", "-o", "loop", str(self.image), str(self.at))

    def unmount(self):
        run("umount", str(self.at))


class Overlay:
    """An overlay over `lower`; what is written goes to `room`, which must be no overlay itself."""

    def __init__(self, lower, room, at):
        self.lower, self.room, self.at = lower, room, at

    def mount(self):
        for folder in (self.room / "upper", self.room / "work", self.at):
            folder.mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={self.lower},upperdir={self.room}/upper,workdir={self.room}/work", str(self.at))

    def unmount(self):
        run("umount", str(self.at))


def kind(path):
    """The type of the file system that `path` is on, in the words of stat(1)."""
    return subprocess.run(["stat", "-f", "-c", "%T", str(path)], check=True, capture_output=True,
                          text=True).stdout.strip()
