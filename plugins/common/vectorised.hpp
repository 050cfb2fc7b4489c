#pragma once

/// Before a function with a plain loop over many samples or bytes: the compiler makes a second version of it
/// for processors with AVX2, and the loader picks one. The source stays portable. Sanitised builds have the
/// one version: the picking happens before their run-time is ready.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&     \
    !defined(__SANITIZE_THREAD__) && defined(__OPTIMIZE__)
#define LM_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define LM_VECTORISED
#endif
