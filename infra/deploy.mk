# Synthesis, Lambda layers and deployment; the Makefile includes this. STAGE names a file of stages/ and has no default.
# What is missing is told in one sentence: a setting, Python 3.13, npx, credentials, or what `cdk bootstrap` makes.

AWS_CDK := aws-cdk@2.1148.1
CDK = npx --yes $(AWS_CDK) --context stage=$(STAGE)

.PHONY: synth layers deploy

synth: $(READY)  ## synthesize the templates of STAGE into CDK_OUTDIR (cdk.out); needs no account
	@CDK_CONTEXT_JSON='{"stage": "$(STAGE)"}' TEMPLATES_ONLY=yes $(BIN)/python app.py

layers: $(READY)  ## build the Lambda layers into build/layers
	@$(BIN)/python -m infra.preflight layers
	@$(BIN)/python -m infra.layers

deploy: $(READY)  ## deploy STAGE to AWS: data first, then what is random of its secrets, then the rest
	@$(BIN)/python -m infra.preflight deploy "$(STAGE)"
	@$(MAKE) --no-print-directory layers
	$(CDK) deploy tiller-$(STAGE)-data
	$(BIN)/python -m tiller secrets fill --stage $(STAGE) --ours
	$(CDK) deploy --all
	@$(BIN)/python -m tiller secrets check --stage $(STAGE)
