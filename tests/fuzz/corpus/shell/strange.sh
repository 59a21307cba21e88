f() { while true; do :; done; }
cat <<EOF
EOF
. /etc/profile; eval "$X"; /srv/main & wait
