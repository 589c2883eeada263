#!/bin/sh
# Makes the folder of an ACME client and prints it. What is in it stays: an account and a certificate
# are not asked for anew. Only the client sees its state; its group, nginx's, reads what is served.
set -eu
folder() {
  mkdir -p "$FOLDER/$1"
  chown "$OWNER" "$FOLDER/$1"
  chmod "$2" "$FOLDER/$1"
}
mkdir -p "$FOLDER"
chmod 0755 "$FOLDER"
folder state 0700
folder served 0750
folder challenges 0755
printf '%s\n' "$FOLDER"
