#!/bin/sh
# Makes the certificates of this folder anew. They hold from 2020 to 2120, and protect nothing.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
touch "$work/index" && echo 01 >"$work/serial"
cat >"$work/ca.conf" <<CONF
[ca]
default_ca=here
[here]
database=$work/index
serial=$work/serial
new_certs_dir=$work
default_md=sha256
policy=any
[any]
commonName=supplied
[authority]
basicConstraints=critical,CA:TRUE
[member]
basicConstraints=CA:FALSE
subjectAltName=\${ENV::SAN}
CONF
export SAN=DNS:none
sign() { # NAME EXTENSIONS MORE...
  name=$1 extensions=$2
  shift 2
  openssl req -new -key "$name.key" -subj "/CN=Cobnut tests $name" -out "$work/$name.csr"
  openssl ca -batch -notext -config "$work/ca.conf" -in "$work/$name.csr" -extensions "$extensions" \
    -startdate 20200101000000Z -enddate 21200101000000Z -out "$name.pem" "$@"
}
key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"; }
authority() { key "$1" && sign "$1" authority -selfsign -keyfile "$1.key"; }
signed() { key "$1" && SAN=$3 sign "$1" member -cert "$2.pem" -keyfile "$2.key"; } # NAME CA SAN
authority ca
authority other-ca
signed member ca IP:127.0.0.1,DNS:localhost
signed elsewhere ca DNS:elsewhere.example
signed client ca DNS:client.example
signed stranger other-ca IP:127.0.0.1,DNS:localhost
openssl pkcs8 -topk8 -in member.key -out member-locked.key -passout pass:store-secret
openssl pkcs12 -export -in member.pem -inkey member.key -certfile ca.pem -out member.p12 -passout pass:store-secret
rm -f member.jks
keytool -importkeystore -srckeystore member.p12 -srcstoretype PKCS12 -srcstorepass store-secret \
  -destkeystore member.jks -deststoretype JKS -deststorepass store-secret
rm -f ca.key other-ca.key
