"""The methods RGM is compared with, as far as they are closed forms at hand: one file per method.

Imbalance: g_blending, greedy, ogm_ge, al, imcl, agm, pmr, diag_re, lfm, arm, remixing, inforeg.
Conflict: gradnorm, pcgrad, mmcosine, gmd, reconboost, mmpareto, cggm, balgrad.
Aggregators: mgda, upgrad, cagrad, imtl_g, nash_mtl, gradvac, graddrop, dwa.
Use them as `from rgm_ref.baselines import ogm_ge`. No training here: `rgm_torch.methods` trains.

Common letters: M modalities, n samples, K classes, features z_k (n, d_k), logits (n, K), whole
gradients as rows (m, d). Split logits are modality k's part of the logits of a linear head,
f_k = z_k W_k + b/M, so that Σ_k f_k = f. Labels are integers (n,).
"""
