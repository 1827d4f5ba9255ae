// What kernels written in C# compute with: libtorch's threads, and matrix products.
//
// It also decides which library multiplies matrices for libtorch itself. OpenBLAS chooses its kernels by a list of known processors and
// takes AVX2 ones for those that came after it, and its threads gain little on small matrices; oneDNN, which libtorch loads in any
// case, generates code for what the processor has. So this library defines `sgemm_`: it is loaded with libtorch as its dependency,
// and symbols are looked up in it first.

#include "shim.h"

#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/native/ConvUtils.h>
#include <torch/library.h>

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

namespace {

using Blas = void (*)(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k, const float* alpha,
                      const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc);

/// Row-major, unlike BLAS; 0 is success.
using OneDnn = int (*)(char trans_a, char trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda,
                       const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

struct MatrixProduct {
  Blas blas = nullptr;
  OneDnn onednn = nullptr;

  MatrixProduct() {
    // The next definition after ours: the BLAS that libtorch was linked to.
    blas = reinterpret_cast<Blas>(dlsym(RTLD_NEXT, "sgemm_"));
    const char* choice = std::getenv("ANISORA_SGEMM");
    if (choice && std::strcmp(choice, "blas") == 0) return;
    onednn = reinterpret_cast<OneDnn>(dlsym(RTLD_DEFAULT, "dnnl_sgemm"));
  }
};

const MatrixProduct& matrix_product() {
  static const MatrixProduct value;
  return value;
}

}  // namespace

/// BLAS's C ← alpha·op(A)·op(B) + beta·C, column-major.
ANI_EXPORT void sgemm_(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k, const float* alpha,
                       const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc) {
  const auto& library = matrix_product();
  // A column-major product is the row-major product of the factors in the other order. ('C' is 'T' for real numbers.)
  if (library.onednn && library.onednn(*trans_b == 'N' || *trans_b == 'n' ? 'N' : 'T', *trans_a == 'N' || *trans_a == 'n' ? 'N' : 'T', *n,
                                       *m, *k, *alpha, b, *ldb, a, *lda, *beta, c, *ldc) == 0)
    return;
  library.blas(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

/// C [m, n] ← op(A)·op(B) + beta·C, row-major, for kernels in C#. Uses all threads outside a parallel loop, one inside.
ANI_EXPORT void ani_matrix_product(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, const float* a, int32_t lda,
                                   const float* b, int32_t ldb, float beta, float* c, int32_t ldc) {
  const char trans_a = transpose_a ? 'T' : 'N', trans_b = transpose_b ? 'T' : 'N';
  const float alpha = 1;
  sgemm_(&trans_b, &trans_a, &n, &m, &k, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
}

/// "oneDNN" or "BLAS": what multiplies float32 matrices; "" where libtorch keeps both to itself, and ani_matrix_product cannot work.
ANI_EXPORT const char* ani_matrix_library() { return matrix_product().onednn ? "oneDNN" : matrix_product().blas ? "BLAS" : ""; }

/// Runs `body(context, begin, end)` over parts of [0, count) of at least `grain`, on the threads that operators use.
ANI_EXPORT anisora::Status ani_parallel(int64_t count, int64_t grain, void (*body)(void* context, int64_t begin, int64_t end), void* context) {
  return anisora::guarded([&] { at::parallel_for(0, count, grain, [&](int64_t begin, int64_t end) { body(context, begin, end); }); });
}

// ---- operators ----------------------------------------------------------------------------------------------------

namespace {

/// The gradients of oneDNN's convolution. libtorch has them, but its own choice (by batch size and shape) often falls on slow code.
std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(const at::Tensor& input, const at::Tensor& grad, const at::Tensor& weight,
                                                                    at::IntArrayRef padding, at::IntArrayRef stride,
                                                                    at::IntArrayRef dilation, int64_t groups, std::array<bool, 3> wanted) {
  // Registered alike for every instruction set; the function that chooses among them is not exported.
  auto* run = at::native::mkldnn_convolution_backward_stub.DEFAULT;
  TORCH_CHECK(run, "this libtorch was built without oneDNN");
  at::AutoDispatchBelowADInplaceOrView below;  // what calls this without the dispatcher has no autograd keys left
  return run(input, grad, weight, padding, stride, dilation, groups, wanted);
}

}  // namespace

TORCH_LIBRARY(anisora, library) {
  library.def(
      "mkldnn_convolution_backward(Tensor input, Tensor grad, Tensor weight, int[] padding, int[] stride, int[] dilation, int groups, "
      "bool[3] wanted) -> (Tensor, Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(anisora, CPU, library) { library.impl("mkldnn_convolution_backward", TORCH_FN(convolution_backward)); }
