#!/usr/bin/env bash
# Packs the files of Swagger UI that /docs loads, and its licences, from one folder into another. What is the same already
# stays as it is: gzip does not write the same bytes everywhere.
set -euo pipefail
from=$1 to=$2
mkdir -p "$to"
for file in swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css LICENSE NOTICE; do
	if ! gzip -dc "$to/$file.gz" 2>/dev/null | cmp -s - "$from/$file"; then
		gzip -9nc "$from/$file" >"$to/$file.gz"
	fi
done
