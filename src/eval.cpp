#include <recocore/impl/eval/blend_weights_inl.hpp>
#include <recocore/impl/eval/bootstrap_inl.hpp>
#include <recocore/impl/eval/evaluate_inl.hpp>
#include <recocore/impl/eval/hybrid_weights_inl.hpp>
#include <recocore/impl/eval/metrics_inl.hpp>
