#!/usr/bin/env bash
# Makes stand-ins for the base images of deploy/Dockerfile, under their real names, from what this machine has: no
# registry of images is asked. What is inside is the least that the build and the programs need.
#
#   base-images.sh WORK_FOLDER BUILDAH_ARGUMENT...
set -euo pipefail

work=$1
shift
buildah=(buildah "$@")
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")

# Copies a file to the same place below the new root, with the libraries that it is linked to.
take() {
  local file library
  for file in "$@"; do
    mkdir -p "$root$(dirname "$file")"
    cp -nL "$file" "$root$file"
    for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true); do
      mkdir -p "$root$(dirname "$library")"
      cp -nL "$library" "$root$library"
    done
  done
}

take_library() {
  local path
  # Read to the end: a reader that stops early would fail the writer, and with it the script.
  path=$(ldconfig -p | awk -v name="$1" '$1 == name && !found { print $NF; found = 1 }')
  if [[ -n $path ]]; then take "$path"; fi
}

make_root() {
  root=$1
  mkdir -p "$root"/{app,dev,etc/ssl,home/app,proc,root,run,sys,tmp,usr/bin,usr/lib,usr/lib64,usr/sbin,usr/share,var/tmp}
  chmod 1777 "$root"/tmp "$root"/var/tmp
  local folder
  for folder in bin lib lib64 sbin; do ln -s "usr/$folder" "$root/$folder"; done

  local program
  for program in bash sh cat chmod cp dirname env grep id ln ls mkdir mv rm sed sleep touch uname; do
    take "$(readlink -f "$(command -v "$program")")"
    [[ -e $root/usr/bin/$program ]] || ln -s "$(readlink -f "$(command -v "$program")")" "$root/usr/bin/$program"
  done
  # The run time loads these by name.
  for program in libssl.so.3 libcrypto.so.3 libz.so.1 libstdc++.so.6 libgcc_s.so.1 libdl.so.2 libpthread.so.0 librt.so.1; do
    take_library "$program"
  done
  cp -rL /etc/ssl/certs "$root/etc/ssl/certs"

  # The user that the real images bring.
  printf 'root:x:0:0::/root:/bin/sh\napp:x:1654:1654::/home/app:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\napp:x:1654:\n' >"$root/etc/group"
  chown -R 1654:1654 "$root/home/app"
}

# $1 root, then the parts of the .NET installation.
take_dotnet() {
  root=$1
  shift
  mkdir -p "$root/usr/share/dotnet"
  local part
  for part in "$@"; do cp -r "$dotnet/$part" "$root/usr/share/dotnet/"; done
  ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
}

# $1 root, $2 image, then settings of the image.
commit() {
  local container
  container=$("${buildah[@]}" from scratch)
  "${buildah[@]}" copy --quiet "$container" "$1" / >/dev/null
  "${buildah[@]}" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env APP_UID=1654 --env ASPNETCORE_HTTP_PORTS=8080 --env DOTNET_RUNNING_IN_CONTAINER=true \
    --env DOTNET_ROOT=/usr/share/dotnet --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "${@:3}" "$container"
  "${buildah[@]}" commit --quiet --rm --format docker "$container" "$2" >/dev/null
}

make_root "$work/aspnet"
take_dotnet "$work/aspnet" dotnet host shared
commit "$work/aspnet" mcr.microsoft.com/dotnet/aspnet:10.0

# The packages of this machine are mounted at /packages: nothing is downloaded that is there already.
make_root "$work/sdk"
take_dotnet "$work/sdk" dotnet host shared sdk packs sdk-manifests
# Every step of a build copies the image whole, so what no C# build reads is left out.
rm -rf "$work"/sdk/usr/share/dotnet/sdk/*/{FSharp,DotnetTools,TestHostNetFramework}
commit "$work/sdk" mcr.microsoft.com/dotnet/sdk:10.0 --env NUGET_FALLBACK_PACKAGES=/packages --env DOTNET_NOLOGO=1 \
  --env DOTNET_CLI_TELEMETRY_OPTOUT=1

rm -rf "$work/aspnet" "$work/sdk"
