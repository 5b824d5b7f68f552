"""Tiny models of the real classes, for tests and benches: made from configuration and a seed, never from weights.

They draw noise, and are never offered to anybody as if they could draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from diffusers import (
        AutoencoderKLWan,
        UniPCMultistepScheduler,
        WanAnimatePipeline,
        WanVACEPipeline,
        WanVACETransformer3DModel,
    )
    from diffusers.modular_pipelines import WanAnimate2ModularPipeline
    from transformers import PreTrainedTokenizerFast, UMT5EncoderModel

TEXT_WIDTH = 32
HEADS = 8  # divides by every world size that is promised
_SEEN_WIDTH = 8
_VOCABULARY = 384


def build_tiny_wan_vace(seed: int = 0, experts: int = 1) -> WanVACEPipeline:
    """The whole of Wan-VACE at a width that a laptop runs in a second: 9 frames of 64 × 64 px in three steps.

    With two `experts` it is of the kind of Wan 2.2: another transformer takes over for the less noisy steps.
    """
    from diffusers import WanVACEPipeline

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return WanVACEPipeline(
            transformer=_build_vace_transformer(),
            tokenizer=_build_tokenizer(),
            text_encoder=_build_text_encoder(),
            vae=_build_vae(),
            scheduler=_build_scheduler(),
            transformer_2=_build_vace_transformer() if experts == 2 else None,
            boundary_ratio=0.8 if experts == 2 else None,
        )


def _build_vace_transformer() -> WanVACETransformer3DModel:
    from diffusers import WanVACETransformer3DModel

    transformer = WanVACETransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=HEADS, attention_head_dim=12, in_channels=16, out_channels=16,
        text_dim=TEXT_WIDTH, freq_dim=64, ffn_dim=96, num_layers=3, cross_attn_norm=True,
        qk_norm="rms_norm_across_heads", rope_max_seq_len=64, vace_layers=[0, 2], vace_in_channels=96,
    )  # fmt: skip
    # The control's way into the network starts at zero and is learned; here it has to be felt.
    for block in transformer.vace_blocks:
        torch.nn.init.normal_(block.proj_out.weight, std=0.2)
    return transformer.eval()


def build_tiny_wan_animate(seed: int = 0) -> WanAnimatePipeline:
    """The whole of Wan-Animate, as small: a CLIP of one layer, a motion encoder of faces of 16 × 16 px."""
    from diffusers import WanAnimatePipeline, WanAnimateTransformer3DModel
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = WanAnimateTransformer3DModel(
            patch_size=(1, 2, 2), num_attention_heads=HEADS, attention_head_dim=12, in_channels=36, latent_channels=16,
            out_channels=16, text_dim=TEXT_WIDTH, freq_dim=64, ffn_dim=96, num_layers=4, cross_attn_norm=True,
            qk_norm="rms_norm_across_heads", rope_max_seq_len=64, image_dim=_SEEN_WIDTH, added_kv_proj_dim=HEADS * 12,
            motion_encoder_channel_sizes={"4": 16, "8": 16, "16": 16}, motion_encoder_size=16, motion_style_dim=16,
            motion_dim=4, motion_encoder_dim=16, face_encoder_hidden_dim=16, face_encoder_num_heads=2,
            inject_face_latents_blocks=2,
        )  # fmt: skip
        seeing = CLIPVisionConfig(
            hidden_size=_SEEN_WIDTH, projection_dim=4, num_hidden_layers=2, num_attention_heads=2, image_size=32,
            intermediate_size=16, patch_size=8,
        )  # fmt: skip
        return WanAnimatePipeline(
            tokenizer=_build_tokenizer(),
            text_encoder=_build_text_encoder(),
            vae=_build_vae(),
            scheduler=_build_scheduler(),
            image_processor=CLIPImageProcessorPil(crop_size=32, size=32),
            image_encoder=CLIPVisionModel(seeing).eval(),
            transformer=transformer.eval(),
        )


def build_tiny_wan_animate_2(seed: int = 0) -> WanAnimate2ModularPipeline:
    """The whole of Wan-Animate-2: one block more than the negative prompt skips; what CLIP sees is 1280 wide there."""
    from diffusers import DPMSolverMultistepScheduler, WanAnimate2Transformer3DModel
    from diffusers.modular_pipelines import WanAnimate2Blocks
    from transformers import CLIPVisionConfig, CLIPVisionModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        seeing = CLIPVisionConfig(
            hidden_size=1280, projection_dim=4, num_hidden_layers=2, num_attention_heads=2, image_size=224,
            intermediate_size=16, patch_size=56,
        )  # fmt: skip
        transformer = WanAnimate2Transformer3DModel(
            dim=HEADS * 12, ffn_dim=96, freq_dim=64, text_dim=TEXT_WIDTH, num_heads=HEADS, num_layers=11
        )
        pipeline = WanAnimate2Blocks().init_pipeline()
        pipeline.update_components(
            tokenizer=_build_tokenizer(),
            text_encoder=_build_text_encoder(),
            image_encoder=CLIPVisionModel(seeing).eval(),
            vae=_build_vae(),
            transformer=transformer.eval(),
            scheduler=DPMSolverMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
            ),
        )
        return pipeline


def _build_vae() -> AutoencoderKLWan:
    from diffusers import AutoencoderKLWan

    vae = AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    return vae.eval()


def _build_scheduler() -> UniPCMultistepScheduler:
    from diffusers import UniPCMultistepScheduler

    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=3.0
    )


def _build_text_encoder() -> UMT5EncoderModel:
    from transformers import UMT5Config, UMT5EncoderModel

    config = UMT5Config(
        vocab_size=_VOCABULARY, d_model=TEXT_WIDTH, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
        relative_attention_num_buckets=8, pad_token_id=0, eos_token_id=1, is_encoder_decoder=False,
    )  # fmt: skip
    return UMT5EncoderModel(config).eval()


def _build_tokenizer() -> PreTrainedTokenizerFast:
    """Bytes as tokens, with T5's padding and end; nothing is fetched."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<pad>", "</s>", "<unk>", *alphabet])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>", continuing_subword_prefix=""))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")  # noqa: S106
