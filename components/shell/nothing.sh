#!/bin/sh
# Nothing to make: this resource is there for what it does at destroy.
