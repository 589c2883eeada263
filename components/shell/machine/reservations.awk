# Prints what keeps a semester from a machine: while `mine` is 1 what it has of the machine
# (components/machines/ssh/reservation.ts), then what others have; `slot` is its own. Nothing is printed
# where they get on. Each of the others' files is .../SLOT/claim.
function first(cidr,  part, byte) {
  split(cidr, part, "/")
  split(part[1], byte, ".")
  return ((byte[1] * 256 + byte[2]) * 256 + byte[3]) * 256 + byte[4]
}
function last(cidr,  part) {
  split(cidr, part, "/")
  return first(cidr) + 2 ^ (32 - part[2]) - 1
}
function within(folder, other) { return index(folder "/", other "/") == 1 }
BEGIN { FS = "\t" }

mine {
  if ($1 == "stack") { stack = $2; authority = $3 } else { kind[++lines] = $1; what[lines] = $2; value[lines] = $3 }
  next
}
$1 == "stack" {
  steps = split(FILENAME, step, "/")
  theirs = step[steps - 1]
  own = $2 == stack && $3 == authority
  other = "the stack " $2
  if (own && theirs != slot)
    print "hosts.slot: " slot " is not the one that this stack has here, " theirs ": it can't be changed before npm run down"
  else if (!own && $2 == stack)
    print "the stack's name: another stack " stack " is here, which was made from another state. Use that state, or give this stack another name"
  else if (!own && theirs == slot)
    print "hosts.slot: " slot " is taken by " other ": choose another from 0 to 9"
  # Of one's own name, the rest says nothing new.
  own = $2 == stack
  next
}
own { next }
{
  for (line = 1; line <= lines; line++) {
    if (kind[line] != $1) continue
    if ($1 == "same" && what[line] == $2 && value[line] != $3)
      print $2 ": " value[line] ", and " $3 " in " other ": a machine has one, so write the same in both"
    if ($1 == "alone" && value[line] == $3)
      print what[line] ": " $3 " is taken by " other ": choose another"
    if ($1 == "folder" && (within($3, value[line]) || within(value[line], $3)))
      print what[line] ": " value[line] " is one with " $3 " of " other ", or inside of it, or around it: choose a folder apart"
    if ($1 == "network" && first($3) <= last(value[line]) && first(value[line]) <= last($3))
      print what[line] ": " value[line] " overlaps " $2 " of " other ", " $3 ": choose another"
  }
}
