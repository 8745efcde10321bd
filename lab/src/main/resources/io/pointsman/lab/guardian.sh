# Cleans up after the lab. Holds the other end of a pipe to it: once the lab has ended, however it did, removes all it made.
# $1: prefix of the names of its network namespaces; $2: its folder
trap '' INT TERM HUP
while read -r _; do :; done
spaces=$(stat -Lc %i /run/netns/"$1"* 2>/dev/null | tr '\n' ' ')
[ -z "$spaces" ] || stat -Lc '%i %n' /proc/[0-9]*/ns/net 2>/dev/null |
  awk -v spaces=" $spaces" 'index(spaces, " " $1 " ") { split($2, part, "/"); print part[3] }' | while read -r pid; do
  kill -KILL "$pid" 2>/dev/null
done
for space in /run/netns/"$1"*; do
  [ -e "$space" ] || continue
  umount -l "$space" 2>/dev/null
  rm -f "$space"
done
[ -z "$2" ] || rm -rf -- "$2"
