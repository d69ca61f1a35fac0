# user-cache.sh, to be sourced: user_cache_dir prints the same folder as os.UserCacheDir in
# Go, where the test servers look for what the scripts have built.
user_cache_dir() {
  if [[ $(uname -s) == Darwin ]]; then
    echo "${HOME:?}/Library/Caches"
  else
    echo "${XDG_CACHE_HOME:-${HOME:?}/.cache}"
  fi
}
