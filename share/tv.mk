# tv.mk - the paper's whole analysis as make rules: resumes where it stopped, runs in parallel, shows what it runs.
#
#   make -f tv.mk SOURCE=source.onnx TARGET=target.onnx SOURCE_DATA=s.tv TARGET_DATA=t.tv OUT=out
#
# tv-transfer runs it with the variables set from its options; every command can as well be typed by hand.

SOURCE_CHECKPOINTS ?= $(SOURCE)
TARGET_CHECKPOINTS ?= $(TARGET)
SOURCE_TRAIN ?=
TARGET_TRAIN ?=
CLASS        ?= 0
LAYERS       ?=
TOP          ?= 10%
LINK_TOP     ?= 1%
PERPLEXITY   ?= 40
SEED         ?= 1
COST         ?=
FORMATS      ?= svg png

# A task of a job array runs all of it, not a part.
export TV_SHARDS := 1

ifneq ($(and $(SOURCE),$(TARGET),$(SOURCE_DATA),$(TARGET_DATA),$(OUT)),)
else
$(error want SOURCE, TARGET, SOURCE_DATA, TARGET_DATA and OUT)
endif

FIGURES := accuracy classes instances network features domains overview arch
PICTURES := $(foreach f,$(FORMATS),$(FIGURES:%=$(OUT)/%.$f))
layers := $(if $(LAYERS),--layers '$(LAYERS)')

all: $(PICTURES) $(OUT)/report.html
	@echo 'figures: $(FIGURES:%=$(OUT)/%.$(firstword $(FORMATS)))'
	@echo 'report: $(OUT)/report.html'

.DELETE_ON_ERROR:
.PHONY: all FORCE

# A file that changes only when an option does, so that a second run with other options redoes what depends on it.
options := class=$(CLASS) layers=$(LAYERS) top=$(TOP) link-top=$(LINK_TOP) perplexity=$(PERPLEXITY) seed=$(SEED) \
  cost=$(COST) source-checkpoints=$(SOURCE_CHECKPOINTS) target-checkpoints=$(TARGET_CHECKPOINTS) \
  source-train=$(SOURCE_TRAIN) target-train=$(TARGET_TRAIN)
$(OUT)/options.txt: FORCE
	@mkdir -p $(OUT)
	@printf '%s\n' '$(strip $(options))' | cmp -s - $@ || printf '%s\n' '$(strip $(options))' >$@
$(PICTURES): $(OUT)/options.txt

# ---- accuracy and transferability ----

$(OUT)/eval.tv: $(OUT)/options.txt $(wildcard $(SOURCE_CHECKPOINTS) $(TARGET_CHECKPOINTS)) $(SOURCE_DATA) $(TARGET_DATA) \
  $(SOURCE_TRAIN) $(TARGET_TRAIN)
	tv-eval --source '$(SOURCE_CHECKPOINTS)' --target '$(TARGET_CHECKPOINTS)' \
	  $(if $(SOURCE_TRAIN),--data source-train=$(SOURCE_TRAIN)) $(if $(TARGET_TRAIN),--data target-train=$(TARGET_TRAIN)) \
	  --data source-val=$(SOURCE_DATA) --data target-val=$(TARGET_DATA) -o $@

# ---- instances: predictions of both models on both domains, and a map of the target model's embedding ----

$(OUT)/infer-%-source.tv: $(SOURCE_DATA)
	tv-infer -m $(model) $< -o $@
$(OUT)/infer-%-target.tv: $(TARGET_DATA)
	tv-infer -m $(model) $< -o $@
$(OUT)/infer-source-%.tv: model = $(SOURCE)
$(OUT)/infer-target-%.tv: model = $(TARGET)
$(OUT)/infer-source-source.tv $(OUT)/infer-source-target.tv: $(SOURCE)
$(OUT)/infer-target-source.tv $(OUT)/infer-target-target.tv: $(TARGET)

$(OUT)/infer-source.tv $(OUT)/infer-target.tv: $(OUT)/infer-%.tv: $(OUT)/infer-%-source.tv $(OUT)/infer-%-target.tv
	tv-cat $^ -o $@

$(OUT)/map.tv: $(OUT)/infer-target.tv $(OUT)/options.txt
	tv-tsne -t embedding --perplexity $(PERPLEXITY) --seed $(SEED) $< -o $@

# ---- neurons: attributions, ranks, similarity ----

$(OUT)/attrib-source.tv: $(SOURCE) $(TARGET_DATA)
	tv-attrib -m $(SOURCE) --peaks $(TARGET_DATA) -o $@
$(OUT)/attrib-target.tv: $(TARGET) $(TARGET_DATA)
	tv-attrib -m $(TARGET) --peaks $(TARGET_DATA) -o $@
$(OUT)/attrib-target-on-source.tv: $(TARGET) $(SOURCE_DATA)
	tv-attrib -m $(TARGET) --peaks $(SOURCE_DATA) -o $@

$(OUT)/rank-%.tv: $(OUT)/attrib-%.tv $(OUT)/options.txt
	tv-rank --top $(TOP) $< -o $@

$(OUT)/links-source.tv: $(SOURCE) $(TARGET_DATA) $(OUT)/options.txt
	tv-weights -m $(SOURCE) --class $(CLASS) --top $(LINK_TOP) $(TARGET_DATA) -o $@
$(OUT)/links-target.tv: $(TARGET) $(TARGET_DATA) $(OUT)/options.txt
	tv-weights -m $(TARGET) --class $(CLASS) --top $(LINK_TOP) $(TARGET_DATA) -o $@

both = --source-ranks $(OUT)/rank-source.tv --target-ranks $(OUT)/rank-target.tv \
  --source-links $(OUT)/links-source.tv --target-links $(OUT)/links-target.tv
parts := $(OUT)/rank-source.tv $(OUT)/rank-target.tv $(OUT)/links-source.tv $(OUT)/links-target.tv

$(OUT)/sim.tv: $(OUT)/attrib-source.tv $(OUT)/attrib-target.tv $(parts)
	tv-sim $(OUT)/attrib-source.tv $(OUT)/attrib-target.tv --class $(CLASS) $(both) -o $@

# ---- domains ----

$(OUT)/discrim.tv: $(OUT)/attrib-target-on-source.tv $(OUT)/attrib-target.tv $(OUT)/rank-target.tv $(OUT)/options.txt
	tv-discrim --source $(OUT)/attrib-target-on-source.tv --target $(OUT)/attrib-target.tv \
	  --neurons $(OUT)/rank-target.tv --class $(CLASS) $(layers) $(if $(COST),--cost $(COST)) --seed $(SEED) -o $@

# ---- feature images: of the neurons that the figures show, and kernels of the links ----

feature = --class $(CLASS) --top 10 $(layers) --patches 0 --seed $(SEED)
$(OUT)/features-source.tv: $(SOURCE) $(TARGET_DATA) $(OUT)/rank-source.tv $(OUT)/links-source.tv
	tv-features -m $(SOURCE) --ranks $(OUT)/rank-source.tv --links $(OUT)/links-source.tv $(feature) $(TARGET_DATA) -o $@
$(OUT)/features-target.tv: $(TARGET) $(TARGET_DATA) $(OUT)/rank-target.tv $(OUT)/links-target.tv $(OUT)/discrim.tv
	tv-features -m $(TARGET) --ranks $(OUT)/rank-target.tv --links $(OUT)/links-target.tv --discrim $(OUT)/discrim.tv \
	  $(feature) $(TARGET_DATA) -o $@

# ---- figures ----

images := --images $(SOURCE_DATA) --images $(TARGET_DATA)

$(OUT)/accuracy.%: $(OUT)/eval.tv
	tv-plot accuracy $< -o $@
$(OUT)/classes.%: $(OUT)/eval.tv
	tv-plot classes $< -o $@
$(OUT)/instances.%: $(OUT)/map.tv $(OUT)/infer-source.tv $(OUT)/infer-target.tv
	tv-plot instances $< --source-infer $(OUT)/infer-source.tv --target-infer $(OUT)/infer-target.tv -o $@
$(OUT)/network.%: $(OUT)/sim.tv $(parts)
	tv-plot network $< --class $(CLASS) $(layers) $(both) -o $@
$(OUT)/features.%: $(OUT)/discrim.tv $(OUT)/attrib-target-on-source.tv $(OUT)/attrib-target.tv $(OUT)/features-target.tv
	tv-plot features $(filter %.tv,$^) $(images) -o $@
$(OUT)/domains.%: $(OUT)/discrim.tv
	tv-plot domains $< $(images) -o $@

$(OUT)/overview.%: $(OUT)/eval.tv $(OUT)/map.tv $(OUT)/infer-source.tv $(OUT)/infer-target.tv $(OUT)/sim.tv $(parts) \
  $(OUT)/discrim.tv $(OUT)/attrib-target-on-source.tv $(OUT)/attrib-target.tv $(OUT)/features-target.tv
	tv-plot overview $(addprefix $(OUT)/,eval.tv map.tv sim.tv discrim.tv attrib-target-on-source.tv attrib-target.tv \
	  features-target.tv) $(images) --source-infer $(OUT)/infer-source.tv --target-infer $(OUT)/infer-target.tv \
	  --class $(CLASS) $(layers) $(both) -o $@

$(OUT)/arch.%: $(TARGET) $(OUT)/rank-source.tv $(OUT)/rank-target.tv
	tv-plot arch $< --source-ranks $(OUT)/rank-source.tv --target-ranks $(OUT)/rank-target.tv --class $(CLASS) -o $@

# ---- the report: all of them in one page ----

shown := $(addprefix $(OUT)/,eval.tv map.tv sim.tv discrim.tv attrib-target.tv attrib-target-on-source.tv)
$(OUT)/report.html: $(shown) $(parts) $(OUT)/attrib-source.tv $(OUT)/infer-source.tv $(OUT)/infer-target.tv \
  $(OUT)/features-source.tv $(OUT)/features-target.tv $(SOURCE_DATA) $(TARGET_DATA)
	tv-report $(shown) --source-attrib $(OUT)/attrib-source.tv $(both) \
	  --source-infer $(OUT)/infer-source.tv --target-infer $(OUT)/infer-target.tv $(images) \
	  --source-features $(OUT)/features-source.tv --target-features $(OUT)/features-target.tv -o $@
