#pragma once

#include "plugins/common/result.hpp"

#include <string>

namespace lm {

/// What `--migrate` does: brings the tables of the database up to date, or with `dryRun` only looks. Returns
/// what there is to say, a line per migration. The error is why it could not, also when the database is away.
Result<std::string> migrateDatabase(const std::string& url, bool dryRun);

} // namespace lm
