#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lm::config {

/// Readers of one value. Their error is what is allowed, to be read after "must be ".
Result<std::uint64_t> readInteger(const std::string& text, std::uint64_t least, std::uint64_t most);
Result<double> readNumber(const std::string& text, double least, double most);
Result<bool> readFlag(const std::string& text);
/// An address to listen on: IPv4, IPv6 or `localhost`.
Result<std::string> readHost(const std::string& text);
/// An absolute http or https URL.
Result<std::string> readHttpUrl(const std::string& text);
/// The address of a LiveKit server: an absolute ws, wss, http or https URL that may be told to anybody.
Result<std::string> readServerUrl(const std::string& text);
/// Where an object storage is: an absolute http or https URL without secrets.
Result<std::string> readStorageUrl(const std::string& text);
/// Without the slash at its end.
Result<std::string> readMediaUrl(const std::string& text);
/// A path on the same host.
Result<std::string> readPath(const std::string& text);
/// A time such as `30s`, `10m`, `2h` or `1d`; a bare number is seconds. From 10 s to a day.
Result<std::uint64_t> readSpan(const std::string& text);
/// A URL with the scheme of a database we know; the store reads the rest.
Result<std::string> readDatabaseUrl(const std::string& text);
/// Origins as browsers send them (`scheme://host[:port]`), comma-separated, or `*` alone.
Result<std::vector<std::string>> readOrigins(const std::string& text);
/// IP addresses and networks such as 10.0.0.0/8, comma-separated.
Result<std::vector<std::string>> readNetworks(const std::string& text);
/// One secret, or two separated by a comma: each of 32 visible ASCII characters at least.
Result<std::vector<std::string>> readSecrets(const std::string& text);
/// A secret for an HTTP header: visible ASCII.
Result<std::string> readToken(const std::string& text);

} // namespace lm::config
