#!/usr/bin/env bash
# jdeps, given a class path, stops at a jar that is a module and requires one that is none, though that jar stands on the path beside it.
#
# One would expect: on the class path all jars are alike, as they are for java; with --ignore-missing-deps what is not found is left out.
# What happens:     "Error: Module plain.lib not found, required by app", exit code 2: jdeps resolves the module descriptor of the jar that it
#                   looks at against named modules only, and --ignore-missing-deps does not cover that. With --module-path it works, but there
#                   every jar must be a proper module: two with one package, or a name that no module can have, and it stops again.
# Affected:         scripts that ask jdeps --print-module-deps which modules an application's jars take from the JDK, for jlink.
#
# Takes a JDK 17 or later; no root.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
bin=$(dirname "$(readlink -f "$(command -v javac)")")
mkdir -p lib/lib app/app jars
echo 'package lib; public class Library {}' >lib/lib/Library.java
echo 'module app { requires plain.lib; requires java.sql; }' >app/module-info.java
echo 'package app; class Main { lib.Library library; java.sql.Connection connection; }' >app/app/Main.java
"$bin/javac" -d classes/lib lib/lib/Library.java
"$bin/jar" --create --file jars/plain-lib-1.0.jar -C classes/lib .
"$bin/javac" -nowarn -p jars -d classes/app app/module-info.java app/app/Main.java
"$bin/jar" --create --file jars/app.jar -C classes/app .
"$bin/java" -version 2>&1 | sed -n 2p

try() { "$bin/jdeps" "$@" --ignore-missing-deps --print-module-deps jars/app.jar 2>&1 || echo "exit code $?"; }
by_class_path=$(try --class-path jars/plain-lib-1.0.jar) by_module_path=$(try --module-path jars)
printf 'by class path:\n%s\nby module path:\n%s\n' "$by_class_path" "$by_module_path"
[[ $by_class_path == *'Module plain.lib not found, required by app'*'exit code 2' && $by_module_path == *java.sql* ]] ||
  { echo "not seen any more" >&2; exit 1; }
