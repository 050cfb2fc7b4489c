#pragma once

#include "plugins/common/result.hpp"
#include "service/store/users.hpp"

#include <string>

namespace lm::rest {

/// The form of an e-mail address in which two that are the same are the same bytes: no space around it,
/// composed (NFC), lower case. An error when it is none.
Result<std::string> normalEmail(const std::string& text);
/// Without space around it; an error when it is longer than 200 characters or has some that cannot be seen.
Result<std::string> normalName(const std::string& text);

/// The fields of a user in a JSON body: `email`, `name`, no other. The error names the field.
Result<store::UserChange> readUserFields(const std::string& body);

} // namespace lm::rest
